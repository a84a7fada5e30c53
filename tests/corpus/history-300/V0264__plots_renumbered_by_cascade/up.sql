-- The leases, meters and harvests that refer to it: the first two follow by cascade, so this one has none of the last.
UPDATE plots SET number = 12 WHERE garden_id = 2 AND number = 2;
