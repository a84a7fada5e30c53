DROP AGGREGATE sum (amount);
DROP OPERATOR + (amount, amount);
DROP FUNCTION amount_add(amount, amount);
DROP TYPE amount;
