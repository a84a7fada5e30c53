-- The maker's prefix; the readings follow by ON UPDATE CASCADE.
UPDATE water_meters SET serial = 'ZN-' || serial;
