DROP TABLE member_roles;
DROP TABLE roles;
