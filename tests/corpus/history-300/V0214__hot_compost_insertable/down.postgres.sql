DROP RULE hot_compost_update ON hot_compost;
DROP RULE hot_compost_insert ON hot_compost;
