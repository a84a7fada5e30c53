DROP FUNCTION translate_message(text, text[]);
