DROP VIEW volunteering_by_year;
