UPDATE account_{n} SET name = 'Edsger W.' WHERE id = 3;
