DROP VIEW plot_labels;
