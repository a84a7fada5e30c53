DROP TABLE bed_plan;
