UPDATE members
SET home = json_remove(json_set(home, '$.city', json_extract(home, '$.town')), '$.town')
WHERE json_extract(home, '$.town') IS NOT NULL;
