UPDATE members
SET home = CASE
        WHEN json_extract(home, '$.street') IS NULL THEN json_object('town', json_extract(home, '$.city'))
        ELSE json_object('street', json_extract(home, '$.street'), 'town', json_extract(home, '$.city'),
                         'postcode', json_extract(home, '$.postcode'))
    END
WHERE home IS NOT NULL;
