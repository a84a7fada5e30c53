UPDATE leases SET status = 'ended' WHERE ends_on IS NOT NULL;
