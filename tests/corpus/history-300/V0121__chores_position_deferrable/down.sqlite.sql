DROP INDEX chores_position_key;
