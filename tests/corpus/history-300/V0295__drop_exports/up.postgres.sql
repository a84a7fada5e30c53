-- Never used: the table goes, and its way back is its whole definition.
DROP TABLE exports;
