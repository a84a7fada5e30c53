DROP VIEW crop_list;
