DROP VIEW harvest_ranking;
