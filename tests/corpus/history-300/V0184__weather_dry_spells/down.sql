DROP VIEW dry_spells;
