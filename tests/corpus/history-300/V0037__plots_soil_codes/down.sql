DROP TABLE soils;
