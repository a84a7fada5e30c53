DROP FUNCTION first_of(anyarray);
DROP FUNCTION plot_label(plots, text);
DROP FUNCTION plot_label(integer, integer);
