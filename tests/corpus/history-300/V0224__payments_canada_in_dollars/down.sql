UPDATE payments SET currency = 'EUR' WHERE currency = 'CAD';
