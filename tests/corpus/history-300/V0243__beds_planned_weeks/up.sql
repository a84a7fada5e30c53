CREATE TABLE bed_plan (
    bed  integer NOT NULL REFERENCES beds (bed) ON DELETE CASCADE,
    week integer NOT NULL CHECK (week > 0),
    work text NOT NULL
);
INSERT INTO bed_plan
SELECT b.bed, w.n, CASE WHEN w.n % 2 = 0 THEN 'water' ELSE 'weed' END
FROM beds AS b JOIN weeks AS w ON w.n BETWEEN 14 AND 20;
