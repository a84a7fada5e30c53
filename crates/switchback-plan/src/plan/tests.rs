mod cases {}
