DROP VIEW address_labels;
DROP CAST (address AS text);
DROP FUNCTION address_line(address);
