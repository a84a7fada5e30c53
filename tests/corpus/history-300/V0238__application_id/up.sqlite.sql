-- 'SEED' in the header, so that file(1) knows ours.
PRAGMA application_id = 0x53454544;
