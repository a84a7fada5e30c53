UPDATE payments SET currency = 'CAD' WHERE method = 'cash';
