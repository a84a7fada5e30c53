INSERT INTO measurement (id, value) VALUES ({n}, 'one of many');
