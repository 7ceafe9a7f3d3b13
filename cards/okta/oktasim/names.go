package oktasim

// These are the names and cities of generated users. They determine the users of existing seeds: a change gives all
// seeds different users.

var firstNames = []string{
	"Aaliyah", "Adam", "Aisha", "Alejandro", "Alice", "Amara", "Amir", "Ana", "Anders", "Anika", "Anna", "Anton",
	"Arjun", "Astrid", "Ayumi", "Beatriz", "Ben", "Björn", "Bruno", "Camille", "Carla", "Carlos", "Chen", "Chiara",
	"Chloé", "Clara", "Dana", "Daniel", "David", "Deniz", "Diego", "Dmitri", "Elena", "Elif", "Emeka", "Emil",
	"Emma", "Erik", "Esther", "Eva", "Farah", "Fatima", "Felix", "Femi", "Finn", "Florian", "Francesca", "Gabriel",
	"Giulia", "Grace", "Hana", "Hannah", "Hassan", "Helena", "Henrik", "Hugo", "Ibrahim", "Ines", "Ingrid", "Isabel",
	"Ivan", "Jakub", "James", "Jan", "Jana", "Javier", "Joana", "Jonas", "José", "Julia", "Jun", "Kai",
	"Karim", "Katarzyna", "Keiko", "Kofi", "Laila", "Lars", "Laura", "Leo", "Leïla", "Lena", "Liam", "Lina",
	"Linus", "Louise", "Lucas", "Lucía", "Magnus", "Maja", "Malik", "Marek", "Maria", "Marta", "Mateo", "Maya",
	"Mehmet", "Mei", "Mia", "Michael", "Mira", "Nadia", "Naomi", "Nia", "Nicolás", "Nina", "Noah", "Nora",
	"Olga", "Oliver", "Olivia", "Omar", "Oscar", "Otto", "Paolo", "Paula", "Pedro", "Petra", "Priya", "Rafael",
	"Rania", "Ravi", "Renée", "Rosa", "Ruth", "Samir", "Sara", "Sina", "Sofia", "Søren", "Stella", "Sven",
	"Tariq", "Teresa", "Theo", "Thomas", "Tomás", "Valentina", "Vera", "Victor", "Wei", "Yasmin", "Yuki", "Zoë",
}

var lastNames = []string{
	"Abe", "Acosta", "Adeyemi", "Ahmed", "Almeida", "Andersen", "Baker", "Bauer", "Becker", "Bernard", "Bianchi", "Braun",
	"Brown", "Carvalho", "Castro", "Chen", "Chopra", "Clark", "Costa", "Cruz", "Das", "Demir", "Diaz", "Dubois",
	"Eriksson", "Evans", "Farouk", "Fernández", "Fischer", "Fontaine", "Fuchs", "Garcia", "Girard", "Gonçalves", "Gupta", "Haddad",
	"Hall", "Hansen", "Hernandez", "Hoffmann", "Huang", "Hughes", "Ibrahim", "Ito", "Ivanov", "Jackson", "Jansen", "Jensen",
	"Johnson", "Jones", "Kaplan", "Kaya", "Keller", "Khan", "Kim", "King", "Klein", "Kobayashi", "Koch", "Kovac",
	"Kowalski", "Kumar", "Lambert", "Larsen", "Laurent", "Lee", "Lehmann", "Lewis", "Li", "Lindberg", "López", "Lund",
	"Maier", "Marino", "Martin", "Mehta", "Mendes", "Meyer", "Miller", "Mohamed", "Moreau", "Moretti", "Müller", "Mwangi",
	"Nakamura", "Nasser", "Neumann", "Nguyen", "Nielsen", "Novak", "Núñez", "O'Brien", "O'Connor", "Okafor", "Okoye", "Oliveira",
	"Olsen", "Ortiz", "Osei", "Park", "Patel", "Pereira", "Petrov", "Peña", "Popescu", "Rahman", "Ramos", "Rao",
	"Reyes", "Ricci", "Richter", "Rivera", "Roberts", "Romano", "Rossi", "Roux", "Ruiz", "Saito", "Santos", "Sato",
	"Schmidt", "Schneider", "Schwarz", "Scott", "Sharma", "Silva", "Singh", "Smith", "Sousa", "Suzuki", "Svensson", "Tanaka",
	"Taylor", "Thompson", "Torres", "Tran", "Turner", "Vargas", "Vogel", "Wagner", "Walker", "Wang", "Weber", "White",
	"Williams", "Wilson", "Wolf", "Wong", "Wright", "Yamamoto", "Yılmaz", "Young", "Zhang", "Zimmermann", "Öztürk", "Łukasik",
}

// A department has its name and its titles as JSON. All users of the department share these strings.
type department struct {
	json   string
	titles []string
}

var departments = []department{
	{`"Customer Support"`, []string{`"Support Agent"`, `"Senior Support Agent"`, `"Support Lead"`}},
	{`"Engineering"`, []string{`"Software Engineer"`, `"Senior Software Engineer"`, `"Staff Engineer"`, `"Engineering Manager"`}},
	{`"Facilities"`, []string{`"Facilities Coordinator"`, `"Office Manager"`}},
	{`"Finance"`, []string{`"Accountant"`, `"Controller"`, `"Payroll Specialist"`}},
	{`"IT"`, []string{`"Systems Administrator"`, `"Service Desk Analyst"`, `"Identity Engineer"`}},
	{`"Legal"`, []string{`"Counsel"`, `"Paralegal"`}},
	{`"Marketing"`, []string{`"Content Designer"`, `"Campaign Manager"`, `"Brand Manager"`}},
	{`"People & Culture"`, []string{`"Recruiter"`, `"People Partner"`}},
	{`"Product"`, []string{`"Product Manager"`, `"Product Designer"`, `"Researcher"`}},
	{`"R&D"`, []string{`"Research Scientist"`, `"Laboratory Technician"`}},
	{`"Sales"`, []string{`"Account Executive"`, `"Sales Engineer"`, `"Account Manager"`}},
	{`"Security"`, []string{`"Security Analyst"`, `"Security Engineer"`}},
}
