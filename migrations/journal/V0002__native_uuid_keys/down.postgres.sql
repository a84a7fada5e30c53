-- switchback: compiled from migration.toml by switchback 0.1.0; change that, then run `switchback seal`

-- switchback: step validate
-- Nothing to do here: on the way up, foreign keys are validated in this step.

-- switchback: step convert_keys
SELECT set_config('maintenance_work_mem', greatest(262144, (SELECT setting::bigint FROM pg_settings WHERE name = 'maintenance_work_mem'))::text, true);
LOCK TABLE "entry_tags", "journal_entries", "reminders", "tags", "users" IN ACCESS EXCLUSIVE MODE;

ALTER TABLE "entry_tags"
    DROP CONSTRAINT "entry_tags_entry_id_fkey",
    DROP CONSTRAINT "entry_tags_tag_id_fkey";

ALTER TABLE "journal_entries"
    DROP CONSTRAINT "journal_entries_user_id_fkey";

ALTER TABLE "reminders"
    DROP CONSTRAINT "reminders_entry_id_fkey",
    DROP CONSTRAINT "reminders_user_id_fkey";

ALTER TABLE "tags"
    DROP CONSTRAINT "tags_user_id_fkey";

ALTER TABLE "entry_tags"
    ALTER COLUMN "entry_id" TYPE character varying(36) USING "entry_id"::text,
    ALTER COLUMN "tag_id" TYPE character varying(36) USING "tag_id"::text;

ALTER TABLE "journal_entries"
    ALTER COLUMN "id" TYPE character varying(36) USING "id"::text,
    ALTER COLUMN "user_id" TYPE character varying(36) USING "user_id"::text;

ALTER TABLE "reminders"
    ALTER COLUMN "id" TYPE character varying(36) USING "id"::text,
    ALTER COLUMN "user_id" TYPE character varying(36) USING "user_id"::text,
    ALTER COLUMN "entry_id" TYPE character varying(36) USING "entry_id"::text;

ALTER TABLE "tags"
    ALTER COLUMN "id" TYPE character varying(36) USING "id"::text,
    ALTER COLUMN "user_id" TYPE character varying(36) USING "user_id"::text;

ALTER TABLE "users"
    ALTER COLUMN "id" TYPE character varying(36) USING "id"::text;

ALTER TABLE "entry_tags"
    ADD CONSTRAINT "entry_tags_entry_id_fkey" FOREIGN KEY (entry_id) REFERENCES journal_entries(id) NOT VALID,
    ADD CONSTRAINT "entry_tags_tag_id_fkey" FOREIGN KEY (tag_id) REFERENCES tags(id) NOT VALID;

ALTER TABLE "journal_entries"
    ADD CONSTRAINT "journal_entries_user_id_fkey" FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE NOT VALID;

ALTER TABLE "reminders"
    ADD CONSTRAINT "reminders_entry_id_fkey" FOREIGN KEY (entry_id) REFERENCES journal_entries(id) ON DELETE SET NULL NOT VALID,
    ADD CONSTRAINT "reminders_user_id_fkey" FOREIGN KEY (user_id) REFERENCES users(id) NOT VALID;

ALTER TABLE "tags"
    ADD CONSTRAINT "tags_user_id_fkey" FOREIGN KEY (user_id) REFERENCES users(id) NOT VALID;

-- switchback: step validate_back
SELECT set_config('maintenance_work_mem', greatest(262144, (SELECT setting::bigint FROM pg_settings WHERE name = 'maintenance_work_mem'))::text, true);
ALTER TABLE "entry_tags" VALIDATE CONSTRAINT "entry_tags_entry_id_fkey";
ALTER TABLE "entry_tags" VALIDATE CONSTRAINT "entry_tags_tag_id_fkey";
ALTER TABLE "journal_entries" VALIDATE CONSTRAINT "journal_entries_user_id_fkey";
ALTER TABLE "reminders" VALIDATE CONSTRAINT "reminders_entry_id_fkey";
ALTER TABLE "reminders" VALIDATE CONSTRAINT "reminders_user_id_fkey";
ALTER TABLE "tags" VALIDATE CONSTRAINT "tags_user_id_fkey";
ANALYZE "entry_tags", "journal_entries", "reminders", "tags", "users";
