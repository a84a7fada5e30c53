DROP INDEX members_name_pieces;
DROP FUNCTION pieces(text);
