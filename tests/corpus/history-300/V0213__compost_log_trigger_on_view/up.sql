CREATE VIEW hot_compost AS SELECT bin, litres FROM compost WHERE is_hot;
