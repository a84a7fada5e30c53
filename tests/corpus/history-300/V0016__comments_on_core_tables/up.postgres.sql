COMMENT ON TABLE gardens IS 'A site with plots; "garden" in the app, ''Anlage'' in the contract; never deleted.';
COMMENT ON COLUMN members.born_on IS E'For the youth discount.\nMay be unknown.';
COMMENT ON CONSTRAINT plots_area_sane ON plots IS 'Below 10 m² nobody can turn a spade; -- not a comment';
COMMENT ON VIEW current_leases IS $$What the notice board shows; $1 is not a parameter here$$;
