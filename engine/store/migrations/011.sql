-- A placeholder of this branch.
SELECT 1;
