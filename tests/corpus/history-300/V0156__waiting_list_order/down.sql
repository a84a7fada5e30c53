DROP VIEW next_in_line;
DROP INDEX waiting_list_order;
