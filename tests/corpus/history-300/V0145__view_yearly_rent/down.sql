DROP VIEW yearly_rent;
