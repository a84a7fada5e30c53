DROP VIEW member_rank;
