UPDATE leases SET status = 'signed' WHERE status = 'ended';
