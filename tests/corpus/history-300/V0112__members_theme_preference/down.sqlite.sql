UPDATE members SET preferences = json_remove(preferences, '$.ui') WHERE preferences ->> '$.ui.theme' = 'dark';
