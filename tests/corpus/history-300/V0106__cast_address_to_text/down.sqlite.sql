DROP VIEW address_labels;
