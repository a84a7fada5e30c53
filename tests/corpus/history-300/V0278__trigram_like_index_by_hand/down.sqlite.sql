DROP TABLE member_names;
