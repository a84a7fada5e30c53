DROP OPERATOR &&% (text[], text[]);
DROP FUNCTION share_a_word(text[], text[]);
