DROP TABLE member_badges;
DROP TABLE badges;
