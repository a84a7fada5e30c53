CREATE FUNCTION translate_message(id text, VARIADIC locales text[]) RETURNS text
LANGUAGE plpgsql STABLE STRICT LEAKPROOF AS E'
DECLARE
    l text;
    found_text text;
BEGIN
    FOREACH l IN ARRAY locales LOOP
        SELECT msgstr INTO found_text FROM translations WHERE locale = l AND msgid = id;
        IF FOUND THEN RETURN found_text; END IF;
    END LOOP;
    RETURN id || E\' \\(untranslated\\)\';
END';
