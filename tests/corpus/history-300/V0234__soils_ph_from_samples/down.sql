UPDATE soils SET ph = w.ph FROM soils_ph_was AS w WHERE w.code = soils.code;
DROP TABLE soils_ph_was;
