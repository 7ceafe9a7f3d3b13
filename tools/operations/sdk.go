package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// An sdk has the declarations of the SDK's source that the generator needs.
type sdk struct {
	methods map[string]method   // by name, such as "ListGroupUsers"; names are unique across services
	setters map[string][]setter // the setters of a request type, by the name of the type
	results map[string]int      // the number of results of a request type's Execute, by the name of the type
	needs   map[string][]string // the fields of a request that Execute requires, by the method's name
	paths   map[string]string   // the path template of a method's request, by the method's name
	types   map[string]ast.Expr // the declaration of a type, by its name
}

// A method is the method of a service that creates a request.
type method struct {
	service string // such as "GroupAPI", a field of the client
	params  []param
	request string // the type of its result
}

type param struct {
	name string
	typ  ast.Expr
}

// A setter sets a field of a request.
type setter struct {
	name  string
	field string
	typ   ast.Expr // the type of its only parameter
}

func readSDK(dir string) (sdk, error) {
	s := sdk{
		methods: map[string]method{}, setters: map[string][]setter{}, results: map[string]int{},
		needs: map[string][]string{}, paths: map[string]string{}, types: map[string]ast.Expr{},
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return sdk{}, err
	}
	for _, file := range files {
		if filepath.Ext(file.Name()) != ".go" || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, file.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			return sdk{}, err
		}
		for _, decl := range parsed.Decls {
			switch decl := decl.(type) {
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					if spec, ok := spec.(*ast.TypeSpec); ok {
						s.addType(spec)
					}
				}
			case *ast.FuncDecl:
				s.addMethod(decl)
			}
		}
	}
	return s, nil
}

// addType adds a type, and the methods of a service.
func (s sdk) addType(spec *ast.TypeSpec) {
	s.types[spec.Name.Name] = spec.Type
	service, ok := spec.Type.(*ast.InterfaceType)
	if !ok {
		return
	}
	for _, m := range service.Methods.List {
		f, ok := m.Type.(*ast.FuncType)
		if !ok || f.Results == nil || len(f.Results.List) != 1 || len(m.Names) != 1 {
			continue
		}
		request, ok := f.Results.List[0].Type.(*ast.Ident)
		if !ok || !strings.HasSuffix(request.Name, "Request") {
			continue
		}
		var params []param
		for _, p := range f.Params.List[1:] { // the first is the context
			for _, name := range p.Names {
				params = append(params, param{name.Name, p.Type})
			}
		}
		s.methods[m.Names[0].Name] = method{service: spec.Name.Name, params: params, request: request.Name}
	}
}

// addMethod adds a setter of a request, its Execute, or the method of the service that sends it.
func (s sdk) addMethod(f *ast.FuncDecl) {
	if f.Recv == nil {
		return
	}
	switch recv := f.Recv.List[0].Type.(type) {
	case *ast.Ident:
		switch field, ok := assigned(f); {
		case f.Name.Name == "Execute":
			s.results[recv.Name] = f.Type.Results.NumFields()
		case ok && f.Type.Params.NumFields() == 1:
			s.setters[recv.Name] = append(s.setters[recv.Name], setter{f.Name.Name, field, f.Type.Params.List[0].Type})
		}
	case *ast.StarExpr:
		if name, ok := strings.CutSuffix(f.Name.Name, "Execute"); ok {
			s.needs[name] = refused(f)
			s.paths[name] = pathOf(f)
		}
	}
}

// assigned returns the field that a setter sets: r.limit = &limit.
func assigned(f *ast.FuncDecl) (field string, ok bool) {
	if len(f.Body.List) == 0 {
		return "", false
	}
	assignment, ok := f.Body.List[0].(*ast.AssignStmt)
	if !ok {
		return "", false
	}
	target, ok := assignment.Lhs[0].(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	return target.Sel.Name, true
}

// refused returns the fields whose absence is an error: if r.sendEmail == nil { return …, reportError("…") }.
func refused(f *ast.FuncDecl) (fields []string) {
	for _, statement := range f.Body.List {
		check, ok := statement.(*ast.IfStmt)
		if !ok {
			continue
		}
		cond, ok := check.Cond.(*ast.BinaryExpr)
		if !ok || cond.Op != token.EQL {
			continue
		}
		field, ok := cond.X.(*ast.SelectorExpr)
		if r, isIdent := cond.Y.(*ast.Ident); ok && isIdent && r.Name == "nil" {
			fields = append(fields, field.Sel.Name)
		}
	}
	return fields
}

// pathOf returns the path template of a request: localVarPath := localBasePath + "/api/v1/users".
func pathOf(f *ast.FuncDecl) string {
	for _, statement := range f.Body.List {
		assignment, ok := statement.(*ast.AssignStmt)
		if !ok {
			continue
		}
		sum, ok := assignment.Rhs[0].(*ast.BinaryExpr)
		if target, isIdent := assignment.Lhs[0].(*ast.Ident); ok && isIdent && target.Name == "localVarPath" {
			return strings.Trim(sum.Y.(*ast.BasicLit).Value, `"`)
		}
	}
	return ""
}

// filler returns an expression for a value that the SDK accepts and can encode. Its content does not matter, because
// the transport replaces it.
func (s sdk) filler(typ ast.Expr) (string, error) {
	switch typ := typ.(type) {
	case *ast.StarExpr, *ast.ArrayType, *ast.MapType:
		return "nil", nil
	case *ast.Ident:
		switch typ.Name {
		case "bool":
			return "false", nil
		case "string":
			return `"-"`, nil // as a body, an empty string is an error
		case "int32", "int64", "float32", "float64":
			return "0", nil
		}
		if _, ok := s.types[typ.Name].(*ast.StructType); ok {
			return s.object(typ.Name), nil
		}
	}
	return "", fmt.Errorf("no value for a parameter of type %s", qualified(typ))
}

// object returns a value of a struct type, empty except for its unions: an empty union cannot be encoded as JSON.
func (s sdk) object(name string) string {
	fields := s.types[name].(*ast.StructType).Fields.List
	if union(fields) {
		first := fields[0]
		return fmt.Sprintf("okta.%s{%s: new(%s)}", name, first.Names[0].Name, qualified(first.Type.(*ast.StarExpr).X))
	}
	var content []string
	for _, field := range fields {
		typ, ok := field.Type.(*ast.Ident)
		if !ok || len(field.Names) == 0 {
			continue
		}
		if _, ok := s.types[typ.Name].(*ast.StructType); !ok {
			continue
		}
		if value := s.object(typ.Name); !strings.HasSuffix(value, "{}") {
			content = append(content, field.Names[0].Name+": "+value)
		}
	}
	return fmt.Sprintf("okta.%s{%s}", name, strings.Join(content, ", "))
}

// union reports whether the fields are those of a union: a struct with one field for each type.
func union(fields []*ast.Field) bool {
	for _, field := range fields {
		if _, pointer := field.Type.(*ast.StarExpr); !pointer || field.Tag != nil || len(field.Names) == 0 {
			return false
		}
	}
	return len(fields) > 0
}

// qualified returns the name of a type of the SDK in other packages.
func qualified(typ ast.Expr) string {
	switch typ := typ.(type) {
	case *ast.Ident:
		if ast.IsExported(typ.Name) {
			return "okta." + typ.Name
		}
		return typ.Name
	case *ast.ArrayType:
		return "[]" + qualified(typ.Elt)
	case *ast.InterfaceType:
		return "any"
	case *ast.MapType:
		return "map[" + qualified(typ.Key) + "]" + qualified(typ.Value)
	}
	return fmt.Sprintf("%T", typ) // does not compile
}
