DROP TRIGGER payments_never_emptied;
