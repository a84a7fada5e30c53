-- Consent was kept on paper until now.
UPDATE members SET newsletter = true WHERE id IN (1, 4);
