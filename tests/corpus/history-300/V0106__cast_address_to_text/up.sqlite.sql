CREATE VIEW address_labels AS
SELECT id, name,
       coalesce(json_extract(home, '$.street') || ', ', '')
       || trim(coalesce(json_extract(home, '$.postcode'), '') || ' ' || coalesce(json_extract(home, '$.city'), '')) AS label
FROM members WHERE home IS NOT NULL;
