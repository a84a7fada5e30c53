UPDATE reminders SET fee = 5 WHERE fee > 0;
