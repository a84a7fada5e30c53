DROP VIEW members_masked;
