DROP VIEW debtors;
