DROP VIEW neighbours;
