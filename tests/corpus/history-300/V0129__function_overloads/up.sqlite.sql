CREATE VIEW plot_labels AS
SELECT p.garden_id, p.number, g.slug || '/' || p.number AS label FROM plots AS p JOIN gardens AS g ON g.id = p.garden_id;
